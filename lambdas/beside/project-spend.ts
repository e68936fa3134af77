export { projectSpend } from '../ledger/adapters/project-spend.ts';
