/** A Lambda function finds its role's credentials in the environment, so no other provider is bundled. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
