/** A function runs on no instance that it could ask for its Region: its environment says it. */
export const getInstanceMetadataRegion = async () => undefined;
