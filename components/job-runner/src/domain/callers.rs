//! Who is asking, and which methods are for whom. What they may see is part of every query
//! ([`Caller::scope`]).

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A machine, by the number of its worker.
    Worker(i64),
    /// Somebody who has logged in.
    Person,
    /// Whoever runs the lab.
    Operator,
    /// What speaks ZeroMQ to old workers: reads everything, and calls what section 7 of the
    /// contract lists.
    Bridge,
}

/// Who is asking, and what there is for them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// What they see and may change, a JSON object that the store has made and takes back with
    /// every query.
    pub scope: String,
}

impl Caller {
    /// Whether this is the operator.
    pub fn is_operator(&self) -> bool {
        self.who == Who::Operator
    }

    /// Whether this is the operator or the bridge.
    pub fn runs_the_lab(&self) -> bool {
        matches!(self.who, Who::Operator | Who::Bridge)
    }

    /// The number of the worker that asks, if it is one.
    pub fn worker(&self) -> Option<i64> {
        if let Who::Worker(id) = self.who { Some(id) } else { None }
    }
}
