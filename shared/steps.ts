import { Listr, type ListrTask } from "listr2";

/** One step of long work. It reports what it waits for while it runs. */
export interface Step {
  title: string;
  run: (report: (line: string) => void) => unknown;
}

/** How often a step that says nothing shows that it lives. */
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
        task.title = `${step.title} (${elapsed()})`;
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
