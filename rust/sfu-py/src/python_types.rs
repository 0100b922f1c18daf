//! The classes of `vivavoce_sfu._types`, and the errors among them.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use sfu::SfuError;

const MODULE: &str = "vivavoce_sfu._types";

/// Makes a value of a class of `vivavoce_sfu._types`.
pub(crate) fn make<'py>(
    py: Python<'py>,
    class: &str,
    fields: impl FnOnce(&Bound<'py, PyDict>) -> PyResult<()>,
) -> PyResult<Bound<'py, PyAny>> {
    let keywords = PyDict::new(py);
    fields(&keywords)?;
    py.import(MODULE)?.getattr(class)?.call((), Some(&keywords))
}

/// The exception for a refused command.
pub(crate) fn refused(py: Python<'_>, why: &SfuError) -> PyErr {
    let class = match why {
        SfuError::SdpRejected(_) => "SdpRejected",
        SfuError::RoomNotFound => "RoomNotFound",
        SfuError::RoomFull => "RoomFull",
        SfuError::RoomFailed(_) => "RoomFailedError",
        SfuError::ParticipantNotFound => "ParticipantNotFound",
        SfuError::SlotNotFound(_) => "SlotNotFound",
        SfuError::ObserverSendsNothing => "SfuError",
        SfuError::InvalidId(_) => return PyValueError::new_err(why.to_string()),
    };
    exception(py, class, &why.to_string())
}

/// The exception for a fault of ours.
pub(crate) fn failed(py: Python<'_>, why: &str) -> PyErr {
    exception(py, "SfuError", why)
}

/// The exception for using an SFU that was closed.
pub(crate) fn closed(py: Python<'_>) -> PyErr {
    exception(py, "SfuError", "the SFU is closed")
}

fn exception(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let make = || py.import(MODULE)?.getattr(class)?.call1((message,));
    make().map_or_else(|_| PyRuntimeError::new_err(message.to_owned()), PyErr::from_value)
}
