//! Methods under `node.pluginSurface.`.

mod refresh;
