export { findTools, toolsFound } from '../threads/domain/find-tools.ts';
