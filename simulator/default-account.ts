/** The account of stacks and images that have none. */
export const DEFAULT_ACCOUNT = '123456789012';
