export { WorkspaceImageCopy, type WorkspaceImageCopyProps } from './copy/workspace-image-copy';
export { WorkspaceImageSource, type WorkspaceImageSourceOptions } from './copy/workspace-image-source';
export { WorkspaceImageShare, type WorkspaceImageShareProps } from './share/workspace-image-share';
export {
  WorkspaceImageShareProvider,
  type WorkspaceImageShareProviderProps,
} from './share/workspace-image-share-provider';
