export { WorkspaceBundle, type WorkspaceBundleProps } from './bundle/workspace-bundle';
export {
  WorkspaceBundleProvider,
  type WorkspaceBundleProviderProps,
} from './bundle/workspace-bundle-provider';
export { WorkspaceImageCopy, type WorkspaceImageCopyProps } from './copy/workspace-image-copy';
export {
  WorkspaceImageCopyProvider,
  type WorkspaceImageCopyProviderProps,
} from './copy/workspace-image-copy-provider';
export { WorkspaceImageSource, type WorkspaceImageSourceOptions } from './copy/workspace-image-source';
export type { IWorkspaceProvider, WorkspaceProviderProps } from './custom-resource/workspace-provider';
export { WorkspaceImageShare, type WorkspaceImageShareProps } from './share/workspace-image-share';
export {
  WorkspaceImageShareProvider,
  type WorkspaceImageShareProviderProps,
} from './share/workspace-image-share-provider';
