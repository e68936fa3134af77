export { findTools, toolsFound } from '../threads/tools/domain/find-tools.ts';
