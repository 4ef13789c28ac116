import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { findHost, KubeconfigError, MissingCredentialsError } from "../../../host/kubeconfig";
import { checkHost } from "../../../host/reachable";
import { listen } from "../../support/servers";

const yaml = (name: string, server: string, current = name, user: object = { token: "t" }) => `apiVersion: v1
kind: Config
clusters:
- name: ${name}-cluster
  cluster: {server: "${server}"}
contexts:
- name: ${name}
  context: {cluster: ${name}-cluster, user: somebody}
users:
- name: somebody
  user: ${JSON.stringify(user)}
current-context: "${current}"
`;
const CHOOSE =
  "set KUBECONFIG, or one of `pulumi config set kubernetes:kubeconfig <path>` and `kubernetes:context <name>`";

describe("findHost", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
  const file = (name: string, content: string) => {
    const full = path.join(directory, name);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, content);
    return full;
  };
  after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  const one = () => file("one", yaml("one", "https://one.example.org:6443"));
  const two = () => file("two", yaml("two", "https://two.example.org"));

  it("uses the current context", () => {
    const KUBECONFIG = one();
    assert.deepEqual(findHost({ env: { KUBECONFIG } }), {
      server: "https://one.example.org:6443",
      origin: `context "one" of KUBECONFIG (${KUBECONFIG})`,
      proxied: false,
      cluster: { server: "https://one.example.org:6443" },
      user: { token: "t" },
    });
  });

  it("uses the first of several files with a current context, and contexts of all files", () => {
    const KUBECONFIG = [path.join(directory, "missing"), two(), one()].join(path.delimiter);
    assert.equal(findHost({ env: { KUBECONFIG } })?.server, "https://two.example.org");
    assert.equal(findHost({ env: { KUBECONFIG }, context: "one" })?.server, "https://one.example.org:6443");
    assert.equal(findHost({ env: { KUBECONFIG }, cluster: "one-cluster" })?.server, "https://one.example.org:6443");
  });

  it("uses the home directory without KUBECONFIG", () => {
    file("home/.kube/config", yaml("home", "https://home.example.org"));
    const env = { HOME: path.join(directory, "home") };
    assert.equal(findHost({ env })?.server, "https://home.example.org");
  });

  it("prefers the stack's configuration, as a path or as contents, in YAML or JSON", () => {
    const env = { KUBECONFIG: one() };
    assert.equal(findHost({ env, kubeconfig: two() })?.server, "https://two.example.org");
    assert.equal(findHost({ env, kubeconfig: yaml("x", "https://x.example.org") })?.server, "https://x.example.org");
    const json = {
      clusters: [{ name: "j", cluster: { server: "https://j.example.org", "proxy-url": "http://proxy" } }],
      contexts: [{ name: "j", context: { cluster: "j" } }],
      "current-context": "j",
    };
    assert.equal(findHost({ env, kubeconfig: JSON.stringify(json) })?.proxied, true);
  });

  const wrong: [string, () => Parameters<typeof findHost>[0], (string | RegExp)[]][] = [
    [
      "there is none",
      () => ({ env: { KUBECONFIG: file("empty", "") } }),
      [
        /^No host cluster is configured: KUBECONFIG \(.+empty\) has no kubeconfig\. Fix: .*\[host-not-configured\]$/,
        CHOOSE,
      ],
    ],
    [
      "the context does not exist",
      () => ({ env: { KUBECONFIG: one() }, context: "other" }),
      [
        /there is no context "other" in KUBECONFIG/,
        'Contexts there: "one".',
        "kubernetes:context",
        "[host-context-missing]",
      ],
    ],
    [
      "no context is current",
      () => ({ env: { KUBECONFIG: file("none", yaml("one", "https://a", "")) } }),
      [/has no current context\. Contexts there: "one"\./],
    ],
    [
      "the cluster has no server",
      () => ({ env: { KUBECONFIG: one() }, cluster: "other" }),
      [/cluster "other" in KUBECONFIG \(.+\) has no server URL.*\[host-server-missing\]$/],
    ],
    [
      "it is not a kubeconfig",
      () => ({ env: {}, kubeconfig: "key: [secret" }),
      [/kubernetes:kubeconfig is not a kubeconfig.*\[kubeconfig-invalid\]$/],
    ],
  ];
  for (const [title, options, says] of wrong) {
    it(`fails when ${title}`, () => {
      assert.throws(
        () => findHost(options()),
        (error: unknown) => {
          assert.ok(error instanceof KubeconfigError);
          for (const words of says) {
            if (typeof words === "string") assert.ok(error.message.includes(words), error.message);
            else assert.match(error.message, words);
          }
          assert.ok(!error.message.includes("[secret"));
          return true;
        },
      );
    });
  }

  describe("without credentials", () => {
    const SERVER = "https://one.example.org";
    const env = (user: object, server = SERVER) => ({ KUBECONFIG: file("user", yaml("one", server, "one", user)) });

    it("fails, instead of a provider that waits at a prompt", () => {
      for (const user of [
        {},
        { token: "" },
        { password: "p" },
        { as: "admin" },
        { "client-key": "k" },
        { exec: null },
      ]) {
        const { KUBECONFIG } = env(user);
        assert.throws(() => findHost({ env: { KUBECONFIG } }), {
          constructor: MissingCredentialsError,
          message:
            `No host cluster: user "somebody" of context "one" in KUBECONFIG (${KUBECONFIG}) has no credentials, and ` +
            "the Kubernetes provider would wait at a prompt for a user name. Allowed: a client certificate, token, " +
            "tokenFile that is not empty, exec, auth-provider or username. Fix: add one of them to the user, or " +
            `${CHOOSE}. [host-credentials]`,
        });
      }
    });

    it("fails for an empty token file, a missing user and behind a proxy", () => {
      const empty = file("empty-token", "");
      const KUBECONFIG = file("no-user", yaml("one", SERVER).replace("user: somebody", "user: other"));
      for (const vars of [env({ tokenFile: empty }), { KUBECONFIG }, { ...env({}), HTTPS_PROXY: "http://proxy" }]) {
        assert.throws(() => findHost({ env: vars }), MissingCredentialsError);
      }
    });

    it("takes what client-go takes for credentials", () => {
      for (const user of [
        { "client-certificate": "a" },
        { "client-certificate-data": "a" },
        { token: "a" },
        { tokenFile: file("token", "a") },
        { tokenFile: "missing, which client-go reports" },
        { exec: { command: "a" } },
        { "auth-provider": { name: "a" } },
        { username: "a" },
      ]) {
        assert.equal(findHost({ env: env(user) })?.server, SERVER);
      }
    });

    it("names a token file, and a kubeconfig, that this user cannot reach", () => {
      // Root, which the tests may run as, enters every folder; nobody follows a link to itself.
      const loop = path.join(directory, "loop");
      if (!fs.existsSync(loop)) fs.symlinkSync(loop, loop);
      assert.throws(() => findHost({ env: env({ tokenFile: loop }) }), {
        name: "Error",
        message:
          `No host cluster: tokenFile: the file "${loop}" cannot be read (ELOOP). Fix: let this user read it, or ` +
          `${CHOOSE}. [host-credentials-unreadable]`,
      });
      assert.throws(() => findHost({ env: { KUBECONFIG: directory } }), {
        message:
          `No host cluster: kubeconfig: the file "${directory}" cannot be read (EISDIR). Fix: let this user read it, or ` +
          `${CHOOSE}. [kubeconfig-unreadable]`,
      });
    });

    it("is anonymous where the provider does not prompt: without TLS, and by kubernetes:kubeconfig", () => {
      assert.deepEqual(findHost({ env: env({}, "http://127.0.0.1:8001") })?.user, {});
      assert.deepEqual(findHost({ env: {}, kubeconfig: env({}).KUBECONFIG })?.user, {});
    });
  });

  it("uses the pod's cluster without a kubeconfig", () => {
    const env = { HOME: path.join(directory, "nowhere"), KUBERNETES_SERVICE_HOST: "10.96.0.1" };
    assert.equal(findHost({ env }), undefined);
  });
});

describe("checkHost", () => {
  const kubeconfig = (server: string) => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "host-"));
    process.once("exit", () => {
      fs.rmSync(directory, { recursive: true, force: true });
    });
    const file = path.join(directory, "config");
    fs.writeFileSync(file, yaml("one", server));
    return file;
  };

  it("reports a missing configuration as a user error", async () => {
    const env = { HOME: "/nowhere" };
    await assert.rejects(checkHost(env), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /^No host cluster is configured: /);
      return true;
    });
  });

  it("reports missing credentials as a user error, before anything asks the host", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "host-"));
    const KUBECONFIG = path.join(directory, "config");
    fs.writeFileSync(KUBECONFIG, yaml("one", "https://host.invalid", "one", {}));
    await assert.rejects(checkHost({ KUBECONFIG, HTTPS_PROXY: "http://proxy.invalid" }), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /\[host-credentials\]$/);
      return true;
    });
    fs.rmSync(directory, { recursive: true });
  });

  it("returns the host after any response", async () => {
    const server = net.createServer((socket) => socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"));
    const port = await listen(server);
    const host = await checkHost({ KUBECONFIG: kubeconfig(`http://127.0.0.1:${port}`) });
    server.close();
    assert.deepEqual([host?.server, host?.answers], [`http://127.0.0.1:${port}`, true]);
  });

  it("reports an unreachable address with its source and the fix", async () => {
    const server = net.createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const KUBECONFIG = kubeconfig(`https://127.0.0.1:${port}`);
    await assert.rejects(checkHost({ KUBECONFIG, HTTPS_PROXY: "http://proxy.invalid" }), {
      message:
        `The host cluster at https://127.0.0.1:${port} (context "one" of KUBECONFIG (${KUBECONFIG})) cannot be used: ` +
        "the connection was refused. Fix: start it, or choose another one by KUBECONFIG or " +
        "`pulumi config set kubernetes:context <name>`. [host-unreachable]",
    });
  });

  it("skips hosts behind a proxy", async () => {
    const KUBECONFIG = kubeconfig("https://host.invalid");
    assert.equal(await checkHost({ KUBECONFIG, HTTPS_PROXY: "http://proxy.invalid" }), undefined);
  });
});
