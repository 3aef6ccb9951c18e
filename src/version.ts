/** Of this release; also in package.json and in the image's tag. */
export const version = '0.1.0';
