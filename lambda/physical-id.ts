/**
 * What the physical resource id says, and with it what the Delete that carries it has to do.
 *
 * The spelling is a contract with every stack that was ever deployed: CloudFormation takes an id that is
 * spelled differently for another resource, and deletes the one before.
 */
export type PhysicalId =
  /** A share that was created. */
  | { readonly kind: 'share'; readonly imageId: string }
  /** A Create that failed and left something behind: its Delete finishes putting things back. */
  | { readonly kind: 'undo'; readonly imageId: string }
  /** A Create that failed and left nothing behind. */
  | { readonly kind: 'nothing'; readonly imageId?: undefined }
  /** Made up by CloudFormation because a Create never answered, or spelled by a later release. */
  | { readonly kind: 'unknown'; readonly imageId?: undefined };

/** The logical id keeps two shares of one stack apart whose parameters name the same image. */
export const shareId = (imageId: string, logicalId: string) => `share/${imageId}/${logicalId}`;
export const undoId = (imageId: string, logicalId: string) => `undo/${imageId}/${logicalId}`;
export const nothingId = (logicalId: string) => `nothing/${logicalId}`;

// A made-up id starts with the stack's name, in which no slash is allowed.
export function parsePhysicalId(id: string): PhysicalId {
  const [kind, imageId, logicalId] = id.split('/');
  if ((kind === 'share' || kind === 'undo') && imageId && logicalId) {
    return { kind, imageId };
  }
  return kind === 'nothing' && imageId ? { kind } : { kind: 'unknown' };
}
