/** The types of the custom resources. */
export const SHARE_TYPE = 'Custom::WorkspaceImageShare';
export const COPY_TYPE = 'Custom::WorkspaceImageCopy';
export const READY_TYPE = 'Custom::WorkspaceImageReady';
export const BUNDLE_TYPE = 'Custom::WorkspaceBundle';
