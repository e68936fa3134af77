/**
 * Where in a run's steps its events are: the same numbers as the rows of history have (domain/fold-steps.ts), so that an
 * item of a stream and one of history have one id.
 */
export interface StepPlace {
  /** Steps that have begun. */
  readonly steps: number;
  /** Blocks of the latest step that have begun. */
  readonly blocks: number;
  /** Between `message_start` and `message_stop`: what a restart voids. */
  readonly isTelling: boolean;
  /** The latest step holds results of tools. */
  readonly isResults: boolean;
  /** The latest step was voided and is about to begin again. */
  readonly isVoid: boolean;
  /** How often the latest step was begun again. */
  readonly retold: number;
}

export const START: StepPlace = {
  steps: 0,
  blocks: 0,
  isTelling: false,
  isResults: false,
  isVoid: false,
  retold: 0,
};

/** A model's turn begins; one that nobody closed is sent again. */
export const atBracket = (place: StepPlace): StepPlace => {
  const { steps, isVoid, retold } = atRestart(place);
  return {
    steps: steps + 1,
    blocks: 0,
    isTelling: true,
    isResults: false,
    isVoid: false,
    retold: isVoid ? retold : 0,
  };
};

export const atBlock = (place: StepPlace): StepPlace => ({ ...place, blocks: place.blocks + 1 });

export const atEnd = (place: StepPlace): StepPlace => ({ ...place, isTelling: false });

/** Results of one batch are one step. */
export const atResult = (place: StepPlace): StepPlace =>
  place.isResults
    ? atBlock(place)
    : { ...START, steps: place.steps + 1, blocks: 1, isResults: true };

export const atRestart = (place: StepPlace): StepPlace =>
  place.isTelling
    ? { ...START, steps: place.steps - 1, isVoid: true, retold: place.retold + 1 }
    : place;
