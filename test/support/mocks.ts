import * as pulumi from "@pulumi/pulumi";

// What charts this machine happens to have in Helm's cache makes no difference to unit tests.
process.env["PULUMI_K8S_HELM_REPOSITORY_CACHE"] = "/nonexistent";
// Nor does the host that it is configured for.
process.env["KUBECONFIG"] = "/nonexistent";

/** What a program asked the engine to register or to read. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** Inputs in plain; what the preview does not know is undefined. */
  readonly inputs: Record<string, unknown>;
  /** Inputs that were marked secret as a whole. */
  readonly secretInputs: string[];
  /** Id of a resource that is read, not made. */
  readonly id: string | undefined;
  /** Names, without the rest of the URN. */
  readonly parent: string | undefined;
  /** Type of the parent, without its own parents. */
  readonly parentType: string | undefined;
  readonly dependsOn: string[];
  /** URNs by which the engine looks for it in the state, besides its own. */
  readonly aliasUrns: string[];
  readonly deletedWith: string | undefined;
  readonly retainOnDelete: boolean;
  readonly secretOutputs: string[];
  /** Paths of inputs that a change of makes another resource. */
  readonly replaceOnChanges: string[];
  /** Paths of inputs that stay as the state has them. */
  readonly ignoreChanges: string[];
  readonly provider: string;
}

/** Outputs of a registered resource, on top of its inputs. */
type Outputs = (registration: Registration) => Record<string, unknown> | undefined;

interface Options {
  readonly outputs?: Outputs;
  /** True for a preview, in which outputs are unknown. */
  readonly preview?: boolean;
  /** What the engine answers a function of that name. */
  readonly call?: (token: string) => Record<string, unknown>;
}

/** Runs `program` against a stand-in for the engine and gives what it registered, in order, and what it returned. */
export async function record<T>(
  program: () => T,
  { outputs = () => undefined, preview = false, call = () => ({}) }: Options = {},
): Promise<{ result: T; registrations: Registration[] }> {
  const registrations: Registration[] = [];
  const latest = (): Registration => {
    const last = registrations.at(-1);
    if (last === undefined) throw new Error("nothing was registered");
    return last;
  };
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => call(token),
      newResource: () => {
        const registration = latest();
        const { id, name, inputs } = registration;
        // A preview knows no outputs of something new.
        const state = preview ? { ...inputs } : { ...inputs, ...outputs(registration) };
        for (const key of registration.secretOutputs) {
          if (key in state) state[key] = pulumi.secret(state[key]);
        }
        return { id: preview ? undefined : (id ?? `${name}-id`), state };
      },
    },
    "vcluster-environments",
    "dev",
    preview,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const registerResource = monitor.registerResource.bind(monitor);
  const readResource = monitor.readResource.bind(monitor);
  // The requests say more than the mocks are told; each is noted down right before the mock is called for it.
  monitor.registerResource = (request, callback) => {
    registrations.push(registered(request));
    return registerResource(request, callback);
  };
  monitor.readResource = (request, callback) => {
    registrations.push(read(request));
    return readResource(request, callback);
  };
  const result = program();
  if (result instanceof Promise) await result;
  await pulumi.runtime.disconnect();
  return { result, registrations };
}

/** The value of an output, as long as it is known. */
export function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getProvider(): string;
  getAdditionalsecretoutputsList(): string[];
}
interface AliasRequest {
  getUrn(): string;
  getSpec(): { getType(): string; getName(): string; getParenturn(): string } | undefined;
}
interface RegisterRequest extends Request {
  getObject(): { toJavaScript(): Record<string, unknown> };
  getRetainondelete(): boolean;
  getDeletedwith(): string;
  getReplaceonchangesList(): string[];
  getIgnorechangesList(): string[];
  getAliasesList(): AliasRequest[];
}
interface ReadRequest extends Request {
  getProperties(): { toJavaScript(): Record<string, unknown> };
  getId(): string;
}
interface Monitor {
  registerResource(request: RegisterRequest, callback: unknown): Promise<void>;
  readResource(request: ReadRequest, callback: unknown): Promise<void>;
}

/** Marks of secrets and unknown values on the wire; the SDK does not export them. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function registered(request: RegisterRequest): Registration {
  return {
    ...common(request, request.getObject().toJavaScript()),
    id: undefined,
    aliasUrns: request.getAliasesList().map((alias) => aliasUrn(request, alias)),
    deletedWith: request.getDeletedwith() === "" ? undefined : nameOf(request.getDeletedwith()),
    retainOnDelete: request.getRetainondelete(),
    replaceOnChanges: request.getReplaceonchangesList(),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function read(request: ReadRequest): Registration {
  const made = common(request, request.getProperties().toJavaScript());
  return {
    ...made,
    id: plain(request.getId()) as string | undefined,
    aliasUrns: [],
    deletedWith: undefined,
    retainOnDelete: false,
    replaceOnChanges: [],
    ignoreChanges: [],
  };
}

function common(request: Request, inputs: Record<string, unknown>) {
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: plain(inputs) as Record<string, unknown>,
    secretInputs: Object.keys(inputs).filter((key) => isSecret(inputs[key])),
    parent: request.getParent() === "" ? undefined : nameOf(request.getParent()),
    parentType: splitUrn(request.getParent())[1].split("$").at(-1) || undefined,
    dependsOn: request.getDependenciesList().map(nameOf).sort(),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    provider: request.getProvider(),
  };
}

function plain(wire: unknown): unknown {
  if (wire === UNKNOWN) return undefined;
  if (isSecret(wire)) return plain(wire.value);
  if (Array.isArray(wire)) return wire.map(plain);
  if (typeof wire !== "object" || wire === null) return wire;
  return Object.fromEntries(Object.entries(wire).map(([key, inner]) => [key, plain(inner)]));
}

function isSecret(wire: unknown): wire is { value: unknown } {
  return typeof wire === "object" && wire !== null && (wire as Record<string, unknown>)[SIGNATURE] === SECRET;
}

/** As the engine has it (`collapseAliasToUrn` of its step generator), within one project and stack. */
function aliasUrn(request: Request, alias: AliasRequest): string {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  const parent = spec.getParenturn() || request.getParent();
  const [prefix, parentTypes] = parent === "" ? ["urn:pulumi:dev::vcluster-environments"] : splitUrn(parent);
  const type = spec.getType() || request.getType();
  const types = parentTypes === undefined ? type : `${parentTypes}$${type}`;
  return `${prefix}::${types}::${spec.getName() || request.getName()}`;
}

/** Project and stack of a URN, and its types. */
function splitUrn(urn: string): [string, string] {
  const [stack = "", project = "", types = ""] = urn.split("::");
  return [`${stack}::${project}`, types];
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
