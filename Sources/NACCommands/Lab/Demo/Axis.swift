import Foundation

/// The axis of a plot: the position of each value, and the values with a label.
struct Axis: Hashable, Sendable {
    enum Scale: Hashable, Sendable {
        case linear
        case logarithmic
    }

    let scale: Scale
    let range: ClosedRange<Double>
    /// The values with a label, in ascending order.
    let ticks: [Double]

    /// An axis from 0 to a round number that is not below `most`.
    static func linear(to most: Double, about count: Int = 5) -> Axis {
        let most = most.isFinite && most > 0 ? most : 1
        let rough = most / Double(count)
        let size = pow(10, floor(log10(rough)))
        // The round step sizes that people use.
        let step = [1, 2, 5, 10].map { $0 * size }.first { $0 >= rough * 0.999 } ?? size
        let steps = max(Int((most / step).rounded(.up)), 1)
        return Axis(scale: .linear, range: 0...Double(steps) * step, ticks: (0...steps).map { Double($0) * step })
    }

    /// An axis around all values. Both ends are 1, 2 or 5 times a power of ten, and powers of ten have a label.
    static func logarithmic(_ values: [Double]) -> Axis {
        let positive = values.filter { $0 > 0 && $0.isFinite }
        let low = bound(positive.min() ?? 0.1, .down)
        let high = max(bound(positive.max() ?? 100, .up), low * 10)
        let decades = (Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))).map { pow(10, Double($0)) }
        let ticks = decades.filter { (low * 0.999...high * 1.001).contains($0) }
        return Axis(scale: .logarithmic, range: low...high, ticks: ticks)
    }

    /// The nearest number of 1, 2, 5, 10, 20 and so on that is not above the value (rounding down) or not below it
    /// (rounding up).
    private static func bound(_ value: Double, _ rounding: FloatingPointRoundingRule) -> Double {
        let decade = pow(10, floor(log10(value)))
        let candidates = [1, 2, 5, 10].map { $0 * decade }
        return rounding == .down ? candidates.last { $0 <= value * 1.001 } ?? decade : candidates.first { $0 >= value * 0.999 } ?? decade * 10
    }

    /// The position of a value: 0 at the lower end, 1 at the upper end. A value outside the range lies on the nearer
    /// end.
    func position(_ value: Double) -> Double {
        let (low, high) = (range.lowerBound, range.upperBound)
        let place = scale == .linear ? (value - low) / (high - low) : (log10(max(value, low)) - log10(low)) / (log10(high) - log10(low))
        return min(max(place, 0), 1)
    }

    /// The label of a tick, such as 20, 2.5 or 0.1.
    static func text(_ tick: Double) -> String {
        for digits in 0...3 {
            let text = DemoText.fixed(tick, digits)
            if let value = Double(text), abs(value - tick) <= abs(tick) * 1e-6 { return text }
        }
        return DemoText.fixed(tick, 3)
    }
}
