//! "Did you mean": the known name that an unknown one is a slip of.

/// The nearest of the `known` names, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|&(distance, candidate)| {
            let shortened = length >= 3 && candidate.starts_with(name);
            distance <= limit || shortened
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap of neighbours) between two names, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swap = match (i, j) {
                    (2.., 2..) if a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] => {
                        rows[i - 2][j - 2] + 1
                    }
                    _ => usize::MAX,
                };
                replace
                    .min(swap)
                    .min(rows[i - 1][j] + 1)
                    .min(rows[i][j - 1] + 1)
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognized_and_strangers_are_not() {
        let known = ["address", "pool", "num_workers", "max_jobs"];
        for (name, expected) in [
            ("adress", Some("address")),
            ("addresss", Some("address")),
            ("poll", Some("pool")),
            ("numWorkers", Some("num_workers")),
            ("max_job", Some("max_jobs")),
            ("pol", Some("pool")),
            ("opol", Some("pool")),
            ("addr", Some("address")),
            ("metrics", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
