interface ShownIncident {
  readonly id: string;
  readonly state: string;
  readonly merged_into?: string | null | undefined;
  readonly runbooks: readonly {
    readonly id: string;
    readonly name: string;
    readonly steps: readonly {
      readonly id: string;
      readonly title: string;
      readonly action: string | null;
    }[];
  }[];
}

/** More would hide the first ones. */
const STEPS_MAX = 5;
/** What a shell takes for one word as it is. */
const WORD = /^[\w./:-]+$/;

/** What a person may do about an incident as it is: the command, by the options that name its stack, and what it is for. */
export const nextCommands = (
  incident: ShownIncident,
  stackOptions: readonly string[],
): readonly (readonly [string, string])[] => {
  const ops = (...words: readonly string[]): string =>
    ['npm run -s ops --', ...words, ...stackOptions]
      .map((word) => (WORD.test(word) || word.startsWith('npm ') ? word : quoted(word)))
      .join(' ');
  const { id, state, merged_into: into = null, runbooks } = incident;
  if (into !== null) return [[ops('incidents', 'show', into), 'it is a part of this one']];
  if (state === 'resolved') return [[ops('incidents', 'reopen', id), 'it is not over']];
  const steps = runbooks.flatMap((runbook) =>
    runbook.steps
      .filter(({ action }) => action !== null)
      .map(
        (step) =>
          [
            ops('runbooks', 'try', runbook.id, step.id, id),
            `what "${step.title}" of ${runbook.name} would send`,
          ] as const,
      ),
  );
  return [
    ...(state === 'identified'
      ? [[ops('incidents', 'ack', id), 'you have seen it: no more reminders'] as const]
      : []),
    ...runbooks.map(
      (runbook) =>
        [ops('runbooks', 'show', runbook.id), `what people wrote: ${runbook.name}`] as const,
    ),
    ...steps.slice(0, STEPS_MAX),
    ...(runbooks.length === 0
      ? []
      : [[ops('runbooks', 'waiting', id), 'steps that were proposed for it'] as const]),
    [ops('incidents', 'resolve', id), 'it is over'],
  ];
};

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
