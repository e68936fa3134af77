import type { SettlementStatus } from '../../ledger/domain/usage.ts';
import type { TurnInput, TurnModel } from '../ports/model.ts';

/** One metered call beside any run: the model's words; settled whatever comes of it. */
export const askOnce = async (
  model: Pick<TurnModel, 'hold' | 'settle'>,
  input: TurnInput,
  withinMs: number,
): Promise<string> => {
  const held = await model.hold(input);
  let { hold } = held;
  const signal = AbortSignal.timeout(Math.max(1, withinMs));
  let words = '';
  let failed: SettlementStatus = 'released';
  try {
    for await (const event of held.stream(signal, async (next) => {
      hold = next;
      await Promise.resolve();
    })) {
      if (event.type === 'content_block_start') failed = 'provider_error';
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
        words += event.delta.text;
    }
  } catch (error) {
    // A provider that was still at work when the time was over bills its input at least.
    const status = signal.aborted ? 'deadline' : failed;
    await model.settle(hold, await held.settlement(status));
    throw error;
  }
  await model.settle(hold, await held.settlement('completed'));
  return words;
};
