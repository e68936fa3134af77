import type { StageConfig } from './stage-config.ts';

/** What is no text. `audio/*` stands for every audio: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html */
const BYTES = [
  'application/gzip',
  'application/octet-stream',
  'application/pdf',
  'application/x-protobuf',
  'application/zip',
  'audio/*',
  'image/*',
  'multipart/form-data',
  'video/*',
];

/**
 * Bodies of these types reach a function as base64 and byte for byte, all others as UTF-8. JSON is none of them: base64
 * would take a third of the 6 MB that an event may have. Answers need no list where they are streamed; where a stage
 * cannot stream, an answer's bytes would depend on the first `Accept` of its client, so there every type is taken for one.
 */
export const binaryMediaTypes = ({ streaming }: StageConfig): string[] =>
  streaming === 'response' ? BYTES : ['*/*'];
