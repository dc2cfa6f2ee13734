export { formatCursor, makeCursor, parseCursor } from "./cursor.ts";
