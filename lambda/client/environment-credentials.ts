/** A function finds the credentials of its role in its environment, and looks nowhere else for them. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
