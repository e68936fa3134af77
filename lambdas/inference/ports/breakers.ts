/** A model at a provider, as a project asks it. */
export interface BrokenThing {
  readonly projectId: string;
  readonly provider: string;
  readonly model: string;
  readonly region: string | null;
}

/** Which models fail at the moment, for all functions of the stage. It advises: when it cannot be read, all is well. */
export interface Breakers {
  /** May it be asked? Where one is due, one caller is told yes. */
  mayAsk(thing: BrokenThing, nowMs: number): Promise<boolean>;
  succeeded(thing: BrokenThing, nowMs: number): Promise<void>;
  failed(thing: BrokenThing, nowMs: number): Promise<void>;
}

/** Requests a minute that a project sends to a provider by its routes. */
export interface ProviderRates {
  /** false: the minute is full. */
  take(projectId: string, provider: string, rpm: number, nowMs: number): Promise<boolean>;
}
