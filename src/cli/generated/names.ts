/** Names that several manifests share. */
export const instance = 'shearline';
export const namespace = 'shearline-system';
