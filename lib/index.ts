export { WorkspaceImageShare, type WorkspaceImageShareProps } from './workspace-image-share';
export {
  WorkspaceImageShareProvider,
  type WorkspaceImageShareProviderProps,
} from './workspace-image-share-provider';
