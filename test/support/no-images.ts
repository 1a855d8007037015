// What brings images of tenants, where none are sent.
export const NO_FETCHING = {
  isUnderWay: () => false,
  progress: () => undefined,
  cancel: () => {},
};

export const NO_CACHE = { hasRoom: () => true, used: async () => {} };
