import { socketEntry } from '../platform/socket-entry.ts';
import { socketMessages } from './routes/sockets/socket-messages.ts';
import { turnHandler } from './routes/sockets/socket-turns.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();

/** Turns that a socket sends, and those that it stops. */
export const handler = socketEntry(socketMessages(threads, turnHandler(threads)));
