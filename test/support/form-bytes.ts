/** A file has a name. */
export type FormField = readonly [name: string, value: string | Uint8Array, filename?: string];

/** The fields of a `multipart/form-data` body, in order. */
export const formBytes = (boundary: string, fields: readonly FormField[]): Buffer =>
  Buffer.concat([
    ...fields.flatMap(([name, value, filename]) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: audio/wav`}\r\n\r\n`,
      ),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
