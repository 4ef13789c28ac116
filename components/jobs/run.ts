import { CodedError, codedMessage } from "../../shared/coded";

/**
 * Runs the action that the command line names. What it returns goes to standard output, the message of an error to
 * standard error with exit code 1.
 *
 * @param actions by the word that stands for them in the resource, e.g. `create: "wait-for-api"`
 */
export async function run(actions: Readonly<Record<string, () => Promise<string | undefined>>>): Promise<void> {
  const name = process.argv[2] ?? "";
  try {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) {
      const allowed = Object.keys(actions).join(", ");
      throw new CodedError(`There is no action "${name}". Allowed: ${allowed}.`, "job-action-unknown");
    }
    const result = await action();
    if (result !== undefined) console.log(result);
  } catch (error) {
    console.error(codedMessage(error));
    process.exitCode = 1;
  }
}
