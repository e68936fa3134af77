/** A setting of a project as it is stored. */
export interface KeptSetting {
  /** Another one after each change. */
  readonly revision: string;
  readonly value: unknown;
}

/** Who changed what, as the project reads it later. */
export interface SettingAudit {
  readonly byKeyId: string;
  /** The one thing of the setting that changed: `routes/auto`. */
  readonly subject: string;
  readonly action: 'created' | 'changed' | 'removed';
  /** What it is now; null: it is gone. */
  readonly value: unknown;
}

export interface SettingRecord extends SettingAudit {
  /** Sortable by time. */
  readonly id: string;
  readonly atMs: number;
}

export interface SettingChange {
  readonly projectId: string;
  /** The sort key of its item: `ROUTES`. */
  readonly name: string;
  /** What the change was made from; null: there was nothing. */
  readonly seen: KeptSetting | null;
  /** null: nothing is set any more. */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly audit: SettingAudit;
  readonly atMs: number;
}

/** Settings of projects, each beside the record of its changes. */
export interface ProjectSettings {
  read(projectId: string, name: string): Promise<KeptSetting | null>;
  /** One transaction: the setting and its record. false: somebody changed it since it was seen, and nothing is written. */
  write(change: SettingChange): Promise<boolean>;
  /** Changes, newest first, those before the record of this id. */
  records(
    projectId: string,
    limit: number,
    before: string | null,
  ): Promise<readonly SettingRecord[]>;
}
