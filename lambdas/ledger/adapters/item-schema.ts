/**
 * The version of an item's layout, written as `schema` with every new item of the Keys and Usage tables.
 * Items from before it have none and are of version 1. Adding an attribute that old readers ignore keeps the
 * number; a change that they would misread gets the next one, and its readers must know both.
 */
export const ITEM_SCHEMA = 1;
