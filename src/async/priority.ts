/** Work is done in this order; a lower priority is still served one time in eight. */
export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

/** 0 is served first. */
export const rank = (priority: Priority): number => priorities.indexOf(priority);

export const mostUrgent = (all: readonly Priority[]): Priority => priorities.find(each => all.includes(each)) ?? 'low';
