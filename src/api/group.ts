/** Where our kinds live. One version: fields are only ever added. */
export const group = 'shearline.dev';
export const version = 'v1alpha1';
export const categories = ['shearline'] as const;
