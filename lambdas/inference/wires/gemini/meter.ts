import { CHOICE_BITS, type Frame, type MeterState } from '../wire.ts';
import { largestCounts, termsAfter, type Told } from '../told.ts';
import type { Answer, GeminiFrame } from './answer.ts';

/** What is known after this frame. A stream has no last frame of its own: it is over when every candidate says why. */
export const meterAnswer = (state: MeterState, { value }: Frame<GeminiFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'answer':
      return meterWords(state, value);
    case 'error':
      return { ...meterWords(state, value.answer), failed: true };
    case 'whole': {
      let now = state;
      for (const frame of value.frames) now = meterAnswer(now, { bytes: NO_BYTES, value: frame });
      return { ...now, ended: !now.failed };
    }
    case 'unreadable':
      return value.output === ''
        ? state
        : { ...state, text: state.text + value.output, sawToken: true };
  }
};

const NO_BYTES = new Uint8Array();

const meterWords = (state: MeterState, answer: Answer): MeterState => {
  let text = '';
  let { begun, done } = state;
  for (const { index, output, stopReason } of answer.candidates) {
    text += output;
    const bit = 1 << Math.min(index, CHOICE_BITS - 1);
    if (output !== '') begun |= bit;
    if (stopReason !== null) done |= bit;
  }
  const told = toldAfter(state.told, answer);
  return {
    told,
    text: state.text + text,
    // Thoughts that are not shown are counted: they are paid.
    sawToken: state.sawToken || text !== '' || (told.counts['thoughts'] ?? 0) > 0,
    finished: state.finished || answer.blocked !== null || (done !== 0 && (begun & ~done) === 0),
    begun,
    done,
    ended: state.ended,
    failed: state.failed,
  };
};

/** Each chunk counts all that came until then: the largest of each kind is what ran. */
const toldAfter = (told: Told, { counts, model, tier }: Answer): Told => ({
  ...told,
  counts: counts === null ? told.counts : largestCounts(told.counts, counts),
  terms: termsAfter(told.terms, { model, tier, region: null, speed: null }),
});
