/** Work is done in this order; a lower lane still gets one turn in eight. */
export const lanes = ['rotation', 'edit', 'refresh'] as const;
export type Lane = (typeof lanes)[number];
