import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const BYTES_MAX = 16_777_216;
const TRY_AGAIN_MS = 60_000;

/**
 * Lines in a file that never takes more than twice its limit: what is full goes to `<name>.old`, in place of what was there.
 * Where no line can be written, as on a full disk, lines are lost for a minute and nothing else happens.
 */
export class BoundedLog {
  private readonly path: string;
  private readonly bytesMax: number;
  private readonly onLost: (error: Error) => void;
  private file: number | null = null;
  private bytes = 0;
  private lostUntilMs = 0;

  constructor(path: string, onLost: (error: Error) => void, bytesMax = BYTES_MAX) {
    this.path = path;
    this.onLost = onLost;
    this.bytesMax = bytesMax;
  }

  write(text: string): void {
    if (Date.now() < this.lostUntilMs) return;
    const bytes = Buffer.byteLength(text);
    try {
      let file = this.file ?? this.open();
      if (this.bytes > 0 && this.bytes + bytes > this.bytesMax) file = this.rotate();
      writeSync(file, text);
      this.bytes += bytes;
    } catch (cause) {
      this.lostUntilMs = Date.now() + TRY_AGAIN_MS;
      const words = cause instanceof Error ? cause.message : String(cause);
      this.onLost(new Error(`${this.path} cannot be written (${words})`, { cause }));
    }
  }

  end(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    const file = openSync(this.path, 'a');
    this.file = file;
    this.bytes = fstatSync(file).size;
    return file;
  }

  private rotate(): number {
    this.end();
    renameSync(this.path, `${this.path}.old`);
    return this.open();
  }
}
