import { CHARS_PER_TOKEN, tokensOf, type Asked } from './asked.ts';
import { diagnosisOf, recordsOf } from './diagnosis.ts';
import { afterFailures, promptWords, type PromptWords } from './prompt-words.ts';
import { smallestOf } from './smallest.ts';
import { textFor, textOfResult, thoughtOf, titleOf } from './texts.ts';
import { toolInput } from './tool-input.ts';

/** What either wire writes. */
export interface SimulatedAnswer {
  readonly thought: string;
  readonly text: string;
  readonly call: { readonly name: string; readonly input: string } | null;
  readonly end: 'stop' | 'tool' | 'length';
  readonly inputTokens: number;
  /** Those of the thought among them. */
  readonly outputTokens: number;
  readonly thoughtTokens: number;
}

/** The pace of a model, and what goes wrong. */
export interface Course {
  readonly failure: PromptWords['failure'];
  readonly isSlow: boolean;
}

interface Draft {
  readonly thought: string;
  readonly text: string;
  readonly call: SimulatedAnswer['call'];
}

export const simulated = (asked: Asked): [SimulatedAnswer, Course] => {
  // The words of a conversation that is only summed up are not meant for this call.
  if (asked.prompt.startsWith('<conversation>')) {
    const title = { thought: '', text: titleOf(asked.prompt), call: null };
    return [withinLimit(asked, title), { failure: null, isSlow: false }];
  }
  // Nor are those of log lines.
  const records = recordsOf(asked.prompt);
  if (records !== null) {
    const diagnosis = { thought: '', text: diagnosisOf(records), call: null };
    return [withinLimit(asked, diagnosis), { failure: null, isSlow: false }];
  }
  const prompt = afterFailures(asked.prompt);
  const { failure, isSlow, ...words } = promptWords(prompt, asked.model);
  return [withinLimit(asked, draftOf({ ...asked, prompt }, words)), { failure, isSlow }];
};

const draftOf = (
  asked: Asked,
  words: Pick<PromptWords, 'style' | 'thinks' | 'wantsTool'>,
): Draft => {
  const thought = words.thinks ? thoughtOf(asked.prompt) : '';
  // Who must call a tool and has its result would call it for ever.
  const tool = asked.result === null ? toolFor(asked, words.wantsTool) : undefined;
  if (tool !== undefined) {
    const input = JSON.stringify(toolInput(tool.schema, asked.prompt));
    return { thought, text: '', call: { name: tool.name, input } };
  }
  const text =
    asked.shape === null
      ? asked.result === null
        ? textFor(words.style, asked.prompt)
        : textOfResult(asked.result)
      : JSON.stringify(smallestOf({ type: 'object', ...asked.shape }));
  return { thought, text, call: null };
};

/** The one that the prompt names, or, where one is wanted, that its words are about, or any. */
const toolFor = ({ tools, mustCall, prompt }: Asked, wantsTool: boolean) => {
  const named = tools.find(({ name }) => prompt.includes(name));
  if (named !== undefined || !(mustCall || wantsTool)) return named;
  const isMeant = ({ name }: { name: string }): boolean =>
    name.split(/[_/-]/).every((word) => prompt.includes(word));
  return tools.find(isMeant) ?? tools[0];
};

/** A model stops at the limit that it is given, wherever it is. */
const withinLimit = (asked: Asked, { thought, text, call }: Draft): SimulatedAnswer => {
  const { inputTokens, outputTokensMax } = asked;
  const charsMax = outputTokensMax * CHARS_PER_TOKEN;
  const kept = thought.slice(0, charsMax).toWellFormed();
  const left = charsMax - kept.length;
  const input = call?.input.slice(0, left) ?? '';
  const words = text.slice(0, left).toWellFormed();
  const isCut =
    kept.length + words.length + input.length < [thought, text, call?.input].join('').length;
  return {
    thought: kept,
    text: words,
    call: call === null ? null : { name: call.name, input },
    end: isCut ? 'length' : call === null ? 'stop' : 'tool',
    inputTokens,
    outputTokens: tokensOf(kept + words + input),
    thoughtTokens: tokensOf(kept),
  };
};
