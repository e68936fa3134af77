import { socketEntry } from '../platform/socket-entry.ts';
import { socketMessages } from './sockets/routes/socket-messages.ts';
import { turnHandler } from './sockets/routes/socket-turns.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

/** Turns that a socket sends, and those that it stops. */
export const handler = socketEntry(socketMessages(threads, turnHandler(threads)));
