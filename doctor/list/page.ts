import { escape } from "../print/escape";
import type { Environment } from "./environments";
import { age, bytes, cores } from "./print";

/** Colours follow the reader's choice; on a phone each environment is a card. Nothing is loaded from elsewhere. */
const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --dim: #59636e; --back: #ffffff; --card: #f6f8fa; --text: #1f2328;
  --ready: #1a7f37; --starting: #9a6700; --stopped: #59636e; --broken: #d1242f; --half: #9a6700; --left: #8250df; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --back: #0d1117; --card: #151b23; --text: #f0f6fc;
  --ready: #3fb950; --starting: #d29922; --stopped: #9198a1; --broken: #f85149; --half: #d29922; --left: #ab7df8; } }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } p { color: var(--dim); margin: .25rem 0 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { padding: .4rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 600; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.state { font-weight: 600; white-space: nowrap; } .state::before { content: "\\25CF\\00A0"; }
.ready { color: var(--ready); } .starting { color: var(--starting); } .stopped { color: var(--stopped); }
.broken { color: var(--broken); } .half { color: var(--half); } .left { color: var(--left); }
.why { color: var(--dim); font-size: .9rem; } code { display: block; overflow-x: auto; white-space: pre; background: var(--card); padding: .3rem .5rem; border-radius: .3rem; font-size: .85rem; max-width: min(60ch, 80vw); }
@media (max-width: 48rem) { thead { display: none; } tr { display: block; border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .75rem; background: var(--card); }
  td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .2rem .75rem; } td::before { content: attr(data-head); color: var(--dim); }
  td.number { text-align: left; } td.wide { display: block; } }
`;

/** The list as one page that needs nothing else. */
export function listAsPage(
  host: string,
  environments: readonly Environment[],
  now: Date,
  unread: readonly string[] = [],
): string {
  const counted = new Map<string, number>();
  for (const { state } of environments) counted.set(state, (counted.get(state) ?? 0) + 1);
  const summary = [...counted].map(([state, count]) => `${count} ${state}`).join(", ") || "none";
  const heads = [
    "name",
    "state",
    "stack",
    "owner",
    "chart",
    "Kubernetes",
    "age",
    "CPU",
    "memory",
    "disk",
    "pods",
    "apps",
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Environments of ${escape(host)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Environments</h1>
<p>${escape(host)}, ${escape(now.toISOString().slice(0, 16).replace("T", " "))} UTC: ${escape(summary)}</p>
<table>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>
<tbody>
${environments.map((one) => row(one, heads, now)).join("\n")}
</tbody>
</table>
${unread.map((line) => `<p>not read: ${escape(line)}</p>`).join("\n")}
</body>
</html>
`;
}

function row(one: Environment, heads: readonly string[], now: Date): string {
  const {
    name,
    state,
    reason,
    fix,
    stack,
    owner,
    chart,
    kubernetes,
    created,
    requests,
    use,
    disk,
    pods,
    applications,
  } = one;
  const amount = (key: "cpu" | "memory", format: (value: number) => string) =>
    use === undefined ? format(requests[key]) : `${format(use[key])} of ${format(requests[key])}`;
  const why = reason === undefined ? "" : `<div class="why">${escape(reason)}</div>`;
  const help = fix === undefined ? "" : `<code>${escape(fix)}</code>`;
  const apps = applications.total === 0 ? "-" : `${applications.healthy} of ${applications.total}`;
  const cells: readonly (readonly [content: string, kind?: string])[] = [
    [`<strong>${escape(name)}</strong>`],
    [
      `<span class="state ${state.split(" ")[0] ?? ""}">${state}</span>${why}${help}`,
      reason === undefined ? "" : "wide",
    ],
    [escape(stack?.split("/").at(-1) ?? "-")],
    [escape(owner ?? "-")],
    [escape(chart ?? "-")],
    [escape(kubernetes ?? "-")],
    [age(created, now), "number"],
    [amount("cpu", cores), "number"],
    [amount("memory", bytes), "number"],
    [bytes(disk), "number"],
    [String(pods), "number"],
    [apps, "number"],
  ];
  const html = cells.map(([content, kind = ""], index) => {
    const style = kind === "" ? "" : ` class="${kind}"`;
    return `<td${style} data-head="${heads[index] ?? ""}">${content}</td>`;
  });
  return `<tr>${html.join("")}</tr>`;
}
