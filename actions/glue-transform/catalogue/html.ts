import { xmlText } from '../../../lib/report/xml.ts';
import type { Entry, EntryParameter } from './entries.ts';

/** Colours have a contrast of at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3). */
const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --faint: #57606a; --line: #d0d7de; --back: #ffffff; --code: #f3f5f7; --link: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --faint: #9aa4af; --line: #3d444d; --back: #0d1117; --code: #1c2229; --link: #79b8ff; }
}
body { margin: 0 auto; max-width: 70rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
a { color: var(--link); }
code { padding: 0.1em 0.3em; border-radius: 3px; background: var(--code); font-size: 0.9em; overflow-wrap: anywhere; }
section { margin-top: 2.5rem; border-top: 1px solid var(--line); }
.facts { color: var(--faint); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: start; font-weight: 600; padding-bottom: 0.3rem; }
th, td { padding: 0.4rem 0.6rem; border: 1px solid var(--line); text-align: start; vertical-align: top; }
`;

/** The catalogue as one HTML file: nothing is loaded and nothing runs, so that it can be opened and hosted anywhere. */
export function catalogueHtml(title: string, entries: readonly Entry[]): string {
  const links = entries.map(
    ({ name, displayName }) => `<li><a href="#${xmlText(name)}">${words(displayName)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${xmlText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${words(title)}</h1>
</header>
<nav aria-label="Transforms">
<ul>
${links.join('\n')}
</ul>
</nav>
<main>
${entries.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section({ name, displayName, description, functionName, files, parameters }: Entry): string {
  const id = xmlText(name);
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${words(displayName)}</h2>
${description === '' ? '' : `<p>${words(description)}</p>\n`}<p class="facts">Name <code>${id}</code>, function <code>${xmlText(functionName)}</code>, files ${files.map((file) => `<code>${xmlText(file)}</code>`).join(' and ')}</p>
${parameters.length === 0 ? '<p>It has no parameters.</p>' : parameterTable(displayName, parameters)}
</section>`;
}

const HEADINGS = ['Parameter', 'Name', 'Type', 'Required', 'Description', 'Allowed'];

/** A table that scrolls can be reached with the keyboard (WCAG 2.2, 2.1.1). */
function parameterTable(displayName: string, parameters: readonly EntryParameter[]): string {
  const label = xmlText(`Parameters of ${displayName}`);
  return `<div class="scroll" role="region" tabindex="0" aria-label="${label}">
<table>
<caption>Parameters</caption>
<thead><tr>${HEADINGS.map((heading) => `<th scope="col">${heading}</th>`).join('')}</tr></thead>
<tbody>
${parameters.map(row).join('\n')}
</tbody>
</table>
</div>`;
}

function row({ displayName, name, type, isRequired, description, allowed }: EntryParameter): string {
  const rules = allowed.map(
    ({ words: sentence, code }) => `${words(sentence)}${code === undefined ? '' : ` <code>${xmlText(code)}</code>`}`,
  );
  const cells = [
    `<code>${xmlText(name)}</code>`,
    xmlText(type),
    isRequired ? 'yes' : 'no',
    words(description),
    rules.join('<br>'),
  ];
  return `<tr><th scope="row">${words(displayName)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** Text of a team in the direction of its own alphabet, without an effect on what stands beside it. */
function words(text: string): string {
  return `<bdi>${xmlText(text)}</bdi>`;
}
