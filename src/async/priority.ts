/** Work is done in this order; a lower lane still gets one turn in eight. */
export const lanes = ['rotation', 'edit', 'refresh'] as const;
export type Lane = (typeof lanes)[number];

/** 0 is served first. */
export const rank = (lane: Lane): number => lanes.indexOf(lane);
