import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";

import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";

/**
 * Stands in for Pulumi's Node.js language host where the one that is built here (3.68) answers `not supported`: starts a
 * plugin from the folder of its PulumiPlugin.yaml, as the official host does, and nothing else. The engine starts this file as
 * `pulumi-language-nodejs`.
 */
function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>): void {
  const folder = call.request.getInfo()?.getProgramDirectory() ?? "";
  const runner = createRequire(path.join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run-plugin");
  const child = spawn(process.execPath, [runner, folder, ...call.request.getArgsList()], {
    cwd: call.request.getPwd(),
    env: Object.fromEntries(call.request.getEnvList().map((entry) => entry.split(/=(.*)/s, 2))) as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  child.once("close", (code) => {
    call.write(new RunPluginResponse().setExitcode(code ?? -1));
    call.end();
  });
  call.once("cancelled", () => child.kill());
  process.once("exit", () => child.kill());
}

function getPluginInfo(_: unknown, callback: grpc.sendUnaryData<PluginInfo>): void {
  callback(null, new PluginInfo().setVersion("0.0.0"));
}

if (require.main === module) {
  const server = new grpc.Server();
  server.addService(LanguageRuntimeService, { runPlugin, getPluginInfo });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(port);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));
}
