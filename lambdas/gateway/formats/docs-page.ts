import * as z from 'zod';

/** What the page reads of a document; the rest of OpenAPI is not used here. */
const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), schema).optional();
  },
  get items() {
    return schema.optional();
  },
  get anyOf() {
    return z.array(schema).optional();
  },
  get oneOf() {
    return z.array(schema).optional();
  },
});
type Schema = z.infer<typeof schema>;
const content = z.record(
  z.string(),
  z.object({ schema: schema.optional(), example: z.unknown().optional() }),
);
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema: schema.optional(),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
});
type Operation = z.infer<typeof operation>;
const documentSchema = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

interface Route {
  readonly method: string;
  readonly path: string;
  readonly one: Operation;
}

/** The contract as one page that needs no script: chapters, operations, schemas. `document` is what `/openapi.json` answers. */
export const docsPage = (document: unknown): string => {
  const { info, tags, paths, components } = documentSchema.parse(document);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ method: method.toUpperCase(), path, one })),
  );
  const chapters = tags.map((tag) => ({
    ...tag,
    routes: routes.filter(({ one }) => one.tags.includes(tag.name)),
  }));
  const schemas = Object.entries(components.schemas);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} ${text(info.version)}: reference</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${text(info.title)} <small>${text(info.version)}</small></h1>
<p>${text(info.description)} The same as data: <a href="openapi.json">openapi.json</a>.</p>
</header>
<nav aria-label="Chapters"><ul>
${chapters.map(({ name }) => `<li><a href="#${anchor(name)}">${text(name)}</a></li>`).join('')}
<li><a href="#schemas">Schemas</a></li>
</ul></nav>
<main>
${chapters.map(chapterPart).join('\n')}
<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>
${schemas.map(([name, one]) => schemaPart(name, one)).join('\n')}
</section>
</main>
</body>
</html>
`;
};

const chapterPart = (chapter: {
  readonly name: string;
  readonly description: string;
  readonly routes: readonly Route[];
}): string => `<section aria-labelledby="${anchor(chapter.name)}">
<h2 id="${anchor(chapter.name)}">${text(chapter.name)}</h2>
<p>${text(chapter.description)}.</p>
${chapter.routes.map(routePart).join('\n')}
</section>`;

const routePart = ({ method, path, one }: Route): string => `<article>
<h3 id="${anchor(one.operationId)}"><code><b>${method}</b> ${text(path)}</code></h3>
<p>${text(one.summary)}.</p>
${parametersPart(one)}
${one.requestBody === undefined ? '' : contentPart('Request', '', one.requestBody.content)}
${Object.entries(one.responses)
  .filter(([status]) => status.startsWith('2'))
  .map(([status, answer]) => contentPart(`Answer ${status}`, answer.description, answer.content))
  .join('\n')}
<details><summary>Errors</summary><dl>
${Object.entries(one.responses)
  .filter(([status]) => !status.startsWith('2'))
  .map(([status, answer]) => `<dt>${status}</dt><dd>${text(answer.description)}</dd>`)
  .join('')}
</dl></details>
</article>`;

const parametersPart = ({ parameters }: Operation): string =>
  parameters.length === 0
    ? ''
    : table(
        'Parameters',
        parameters.map(({ name, in: place, required = false, description = '', schema: type }) => ({
          name: `${name} (${place})`,
          isRequired: required,
          type: type ?? {},
          description: description === '' ? (type?.description ?? '') : description,
        })),
      );

const contentPart = (title: string, description: string, bodies: z.infer<typeof content>): string =>
  Object.entries(bodies)
    .map(
      ([
        media,
        { schema: body, example },
      ]) => `<details><summary>${text(title)}: ${text(media)}</summary>
${body === undefined ? '' : `<p>${typeOf(body)}</p>`}
${description === '' ? '' : `<p>${text(description)}.</p>`}
${body === undefined ? '' : propertiesPart(body)}
${example === undefined ? '' : `<pre tabindex="0">${text(JSON.stringify(example, null, 2))}</pre>`}
</details>`,
    )
    .join('\n');

const schemaPart = (name: string, one: Schema): string => `<article>
<h3 id="schema-${anchor(name)}">${text(name)}</h3>
${one.description === undefined ? '' : `<p>${text(one.description)}</p>`}
${propertiesPart(one) || `<p>${typeOf(one)}</p>`}
</article>`;

const propertiesPart = (one: Schema): string => {
  const rows = Object.entries(one.properties ?? {}).map(([name, type]) => ({
    name,
    isRequired: one.required?.includes(name) ?? false,
    type,
    description: type.description ?? '',
  }));
  if (rows.length > 0) return table('Fields', rows);
  return (one.anyOf ?? one.oneOf ?? []).map(propertiesPart).join('\n');
};

interface Row {
  readonly name: string;
  readonly isRequired: boolean;
  readonly type: Schema;
  readonly description: string;
}

const table = (
  caption: string,
  rows: readonly Row[],
): string => `<div class="wide" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows
  .map(
    ({ name, isRequired, type, description }) =>
      `<tr><th scope="row"><code>${text(name)}</code>${isRequired ? ' <i>required</i>' : ''}</th><td>${typeOf(type)}</td><td>${text(description)}</td></tr>`,
  )
  .join('\n')}
</tbody></table></div>`;

/** A type in a few words; a named one is a link. */
const typeOf = (one: Schema): string => {
  if (one.$ref !== undefined) {
    const name = one.$ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${anchor(name)}">${text(name)}</a>`;
  }
  const choices = one.anyOf ?? one.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' or ');
  if (one.enum !== undefined) return one.enum.map((word) => text(JSON.stringify(word))).join(', ');
  if (one.const !== undefined) return text(JSON.stringify(one.const));
  if (one.type === 'array') return `list of ${typeOf(one.items ?? {})}`;
  const words = [one.type ?? 'any'].flat().join(' or ');
  return one.default === undefined
    ? text(words)
    : `${text(words)}, else ${text(JSON.stringify(one.default))}`;
};

const anchor = (name: string): string => text(name.replaceAll(/[^\w-]/g, '-'));

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const text = (plain: string): string => plain.replaceAll(/[&<>"]/g, (each) => ESCAPES[each] ?? '');

const STYLE = `
:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}
article{border-top:1px solid var(--line);padding:.5rem 0}
h3{font-size:1rem;margin:.5rem 0}
code,pre{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
pre{border:1px solid var(--line);overflow:auto;padding:.5rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}
caption{font-weight:600;padding:.25rem 0;text-align:left}
th,td{border-top:1px solid var(--line);padding:.25rem .5rem .25rem 0;text-align:left;vertical-align:top}
summary{cursor:pointer}
dt{float:left;font-weight:600;margin-right:.5rem}
`;
