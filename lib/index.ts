export { WorkspaceImageShare, type WorkspaceImageShareProps } from './share/workspace-image-share';
export {
  WorkspaceImageShareProvider,
  type WorkspaceImageShareProviderProps,
} from './share/workspace-image-share-provider';
