import type { Settlement, SettlementStatus } from '../../ledger/domain/usage.ts';
import type { Answerer } from '../turn/answerer.ts';
import type { TurnEvent } from '../turn/turn.ts';
import { recordSettlement } from './call-metrics.ts';
import type { CompleteDeps, HeldCall } from './call-types.ts';
import type { FailedCall } from './failed-call.ts';
import type { KeptHold } from './kept-hold.ts';
import { holdTurn, type HeldTurnCall, type TurnCall } from './hold-turn.ts';
import { newMeter, streamTurn, turnSettlement, type TurnMeter } from './model-turn.ts';
import { ROUTE_TOOLS, routingFor, type TurnWay } from './try-call.ts';

/** What takes the place of a hold, before its provider is asked, and what that one is settled at already. */
type Moved = (held: HeldCall, settled: Settlement | null) => Promise<void>;

/** A held turn that another model may take over, as long as nothing was said. */
export interface RoutedTurn {
  readonly first: HeldTurnCall;
  stream(signal: AbortSignal, moved: Moved): AsyncIterable<TurnEvent>;
  /** Of the model that is asked at the moment. */
  settlement(status: SettlementStatus): Promise<Settlement>;
}

interface Current {
  readonly deps: CompleteDeps;
  readonly turn: HeldTurnCall;
  readonly meter: TurnMeter;
}

/** Holds a turn by its model, or by the project's route of that name. */
export const routedTurn = async (deps: CompleteDeps, input: TurnCall): Promise<RoutedTurn> => {
  let way: TurnWay | null = null;
  const { model } = input.request;
  const follow = async (failed: FailedCall, kept: KeptHold | null): Promise<TurnWay | null> => {
    const routing = await routingFor(deps, failed, kept !== null);
    const call = { deps, input, model, failed, kept, tools: ROUTE_TOOLS, holdTurn };
    return (await routing?.turn(call)) ?? null;
  };
  const begin = async (): Promise<Current> => {
    try {
      return { deps, turn: await holdTurn(deps, input), meter: newMeter() };
    } catch (error) {
      const failed = { kind: 'error', error } as const;
      way = await follow(failed, null);
      if (way === null) throw error;
      return await nextOf(way);
    }
  };
  let current = await begin();
  const { turn: first } = current;

  /** The next model, held; null: what failed is the end. */
  const moveOn = async (error: unknown, moved: Moved): Promise<Current | null> => {
    const failed = { kind: 'error', error } as const;
    const kept = await keptOf(current);
    if (way === null) {
      way = await follow(failed, kept);
      if (way === null) return null;
    } else if (!(await way.failed(failed, kept))) return null;
    const next = await nextOf(way);
    const isBilled = kept.settlement.status !== 'released';
    await moved(next.turn.held, isBilled ? kept.settlement : null);
    return next;
  };

  const named = (event: TurnEvent): TurnEvent =>
    event.type === 'message_start'
      ? {
          ...event,
          message: { ...event.message, by: answererOf(current.turn.held, way?.words() ?? null) },
        }
      : event;

  async function* stream(signal: AbortSignal, moved: Moved): AsyncGenerator<TurnEvent> {
    for (;;) {
      // By a route nothing is shown before the first token; of a model's own turn all that says more than that it began.
      const isByRoute = way !== null;
      const waiting: TurnEvent[] = [];
      let isShown = false;
      try {
        for await (const said of streamTurn(current.deps, current.turn, current.meter, signal)) {
          const event = named(said);
          const isOpening = isByRoute || event.type === 'message_start';
          if (!isShown && isOpening && !current.meter.state.sawToken) {
            waiting.push(event);
            continue;
          }
          isShown = true;
          yield* waiting.splice(0);
          yield event;
        }
        yield* waiting;
        await way?.answered();
        return;
      } catch (error) {
        const isOver = isShown || signal.aborted || current.meter.state.sawToken;
        const next = isOver ? null : await moveOn(error, moved);
        if (next === null) {
          yield* waiting;
          throw error;
        }
        current = next;
      }
    }
  }
  return {
    first,
    stream,
    settlement: async (status) => {
      const settled = await turnSettlement(current.deps, current.turn, current.meter, status);
      return way === null ? settled : { ...settled, route: way.words() };
    },
  };
};

const answererOf = ({ route, account }: HeldCall, words: string | null): Answerer => ({
  model: route.model,
  provider: route.provider,
  ...(words === null ? {} : { route: words }),
  ...(account.simulated ? { simulated: true } : {}),
});

const nextOf = async (way: TurnWay): Promise<Current> => ({
  ...(await way.next()),
  meter: newMeter(),
});

/** How the hold of a turn that said nothing would end. */
const keptOf = async ({ deps, turn, meter }: Current): Promise<KeptHold> => {
  const { held } = turn;
  const settlement = await turnSettlement(deps, turn, meter, 'provider_error');
  return { hold: held.hold, settlement, record: () => recordSettlement(deps, held, settlement) };
};
