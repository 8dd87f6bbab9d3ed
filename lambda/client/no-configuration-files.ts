/** A function has no home with `.aws/config` in it: what its environment does not say has its default. */
export const fromSharedConfigFiles = () => async () => {
  throw Object.assign(new Error('The function reads no configuration files.'), { tryNextLink: true });
};
