import * as z from 'zod';

const TEXT_CHARS_MAX = 160;

const record = z.looseObject({
  id: z.string(),
  kind: z.string(),
  text: z.string().optional(),
  title: z.string().optional(),
  root: z.string().optional(),
  service: z.string().optional(),
  version: z.string().optional(),
  why: z.string().optional(),
  suspects: z.array(z.string()).optional(),
  affected: z.array(z.string()).optional(),
  resolution: z.array(z.string()).optional(),
});
type Told = z.infer<typeof record>;

interface Claim {
  readonly text: string;
  readonly cites: readonly string[];
}

/** Records of an incident between marks, as the SRE asks a model about it; null: another question. */
export const recordsOf = (prompt: string): readonly Told[] | null =>
  /^<records-[\w-]+>\n/.test(prompt) ? prompt.split('\n').flatMap(recordOfLine) : null;

const recordOfLine = (line: string): readonly Told[] => {
  if (!line.startsWith('{')) return [];
  try {
    const { data } = record.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
};

/** What a model could say of them, put together from them alone, each claim with the records that show it. */
export const diagnosisOf = (records: readonly Told[]): string => {
  const of = (kind: string): readonly Told[] => records.filter((one) => one.kind === kind);
  const [incident] = of('incident');
  const [cause] = of('cause');
  const [anomaly] = of('anomaly');
  const [line] = of('log');
  const [deploy] = of('deploy');
  const [past] = of('past_incident');
  const [runbook] = of('runbook');
  const says = (text: string, ...from: readonly (Told | undefined)[]): readonly Claim[] => {
    const cites = from.flatMap((one) => (one === undefined ? [] : [one.id]));
    return cites.length === 0 ? [] : [{ text: shortened(text), cites }];
  };
  const root = cause?.root ?? anomaly?.service ?? 'a service';
  const affected = cause?.affected ?? [];
  return JSON.stringify({
    summary: says(`Simulated: ${incident?.title ?? 'something is wrong'}.`, incident),
    root_cause: [
      ...(line === undefined ? [] : says(`${root} says: ${line.text ?? ''}`, line)),
      ...says(`What was counted: ${cause?.suspects?.[0] ?? anomaly?.why ?? ''}`, cause ?? anomaly),
    ],
    blast_radius: affected.length === 0 ? [] : says(`Affected: ${affected.join(', ')}.`, cause),
    fix_steps: [
      ...(runbook === undefined ? [] : says(`Follow the runbook ${runbook.title ?? ''}.`, runbook)),
      ...(past?.resolution?.at(-1) === undefined
        ? []
        : says(`It ended like this before: ${past.resolution.at(-1) ?? ''}`, past)),
      ...(deploy === undefined
        ? []
        : says(
            `Take back version ${deploy.version ?? ''} of ${deploy.service ?? ''}, and check whether it ends.`,
            deploy,
          )),
      ...says(
        `Read the lines of ${root} from before the first failure.`,
        line ?? anomaly ?? incident,
      ),
    ],
    confidence: 'high',
  });
};

const shortened = (text: string): string =>
  text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX).toWellFormed()}…`;
