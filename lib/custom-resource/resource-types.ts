/** The types of the custom resources. */
export const SHARE_TYPE = 'Custom::WorkspaceImageShare';
