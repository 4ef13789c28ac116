import { Listr, type ListrTask } from "listr2";

/** One step of a long-running command. It reports what it waits for. */
export interface Step {
  title: string;
  /** Title of the step when it has ended. Default: the same. */
  done?: string;
  run: (report: (line: string) => void) => unknown;
}

/** How often a step without output shows that it is running. */
const heartbeatMs = 30_000;

/** Runs steps in order, each with its elapsed time; the first failure ends the run. Plain lines when piped. */
export async function runSteps(steps: Step[]): Promise<void> {
  const tasks: ListrTask[] = steps.map((step) => ({
    title: step.title,
    task: async (_context, task) => {
      const start = Date.now();
      let last = "";
      const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`;
      const report = (line: string) => {
        if (line.trim()) last = line.trim();
      };
      const timer = setInterval(
        () => {
          task.output = `${elapsed()}${last ? `: ${last}` : ""}`;
        },
        process.stdout.isTTY ? 1000 : heartbeatMs,
      );
      try {
        await step.run(report);
        task.title = `${step.done ?? step.title} (${elapsed()})`;
      } finally {
        clearInterval(timer);
      }
    },
  }));
  await new Listr(tasks, {
    fallbackRenderer: "simple",
    fallbackRendererCondition: () => !process.stdout.isTTY || process.env["NO_COLOR"] !== undefined,
    rendererOptions: { collapseErrors: false, showErrorMessage: false },
  }).run();
}
